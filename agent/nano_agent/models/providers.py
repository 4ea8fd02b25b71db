"""What is known of model providers without asking litellm: their keys, their addresses, the wire they speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider, under the name litellm gives it."""

    keys: tuple[str, ...] = ()
    """Environment variables that hold its key, the usual one first; empty: needs none, or finds its own."""
    base: str | None = None
    """Where its OpenAI-compatible interface is; `None`: it has none here, or the user says where."""
    compatible: bool = False
    """Whether it speaks OpenAI's `/chat/completions`."""
    self_hosted: bool = False
    """Run by the user: no key is needed and no table knows its prices."""
    bases: tuple[str, ...] = ()
    """Environment variables that may name its address."""


PROVIDERS: Mapping[str, Provider] = {
    "openai": Provider(
        ("OPENAI_API_KEY",), "https://api.openai.com/v1", True, bases=("OPENAI_BASE_URL", "OPENAI_API_BASE")
    ),
    "anthropic": Provider(("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"), bases=("ANTHROPIC_API_BASE",)),
    "openrouter": Provider(("OPENROUTER_API_KEY", "OR_API_KEY"), "https://openrouter.ai/api/v1", True),
    "gemini": Provider(("GEMINI_API_KEY", "GOOGLE_API_KEY")),
    "deepseek": Provider(("DEEPSEEK_API_KEY",), "https://api.deepseek.com/beta", True),
    "groq": Provider(("GROQ_API_KEY",), "https://api.groq.com/openai/v1", True),
    "mistral": Provider(("MISTRAL_API_KEY",), "https://api.mistral.ai/v1", True),
    "xai": Provider(("XAI_API_KEY",), "https://api.x.ai/v1", True),
    "together_ai": Provider(("TOGETHERAI_API_KEY", "TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHER_AI_TOKEN")),
    "fireworks_ai": Provider(("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY")),
    "cerebras": Provider(("CEREBRAS_API_KEY",), "https://api.cerebras.ai/v1", True),
    "perplexity": Provider(("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY")),
    "cohere": Provider(("COHERE_API_KEY", "CO_API_KEY")),
    "cohere_chat": Provider(("COHERE_API_KEY", "CO_API_KEY")),
    "azure": Provider(("AZURE_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_AD_TOKEN", "AZURE_CLIENT_ID")),
    "nvidia_nim": Provider(("NVIDIA_NIM_API_KEY",), "https://integrate.api.nvidia.com/v1", True),
    "moonshot": Provider(("MOONSHOT_API_KEY",), "https://api.moonshot.ai/v1", True),
    "zai": Provider(("ZAI_API_KEY",), "https://api.z.ai/api/paas/v4", True),
    "dashscope": Provider(("DASHSCOPE_API_KEY",), "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", True),
    "deepinfra": Provider(("DEEPINFRA_API_KEY",), "https://api.deepinfra.com/v1/openai", True),
    "sambanova": Provider(("SAMBANOVA_API_KEY",), "https://api.sambanova.ai/v1", True),
    "huggingface": Provider(("HF_TOKEN", "HUGGINGFACE_API_KEY")),
    "minimax": Provider(("MINIMAX_API_KEY",)),
    "nebius": Provider(("NEBIUS_API_KEY",)),
    "novita": Provider(("NOVITA_API_KEY",)),
    "hosted_vllm": Provider(("HOSTED_VLLM_API_KEY",), None, True, True, ("HOSTED_VLLM_API_BASE",)),
    "lm_studio": Provider(("LM_STUDIO_API_KEY",), None, True, True, ("LM_STUDIO_API_BASE",)),
    "llamafile": Provider(("LLAMAFILE_API_KEY",), "http://127.0.0.1:8080/v1", True, True, ("LLAMAFILE_API_BASE",)),
    "docker_model_runner": Provider((), None, True, True),
    "local": Provider((), None, True, True),
    "ollama": Provider((), None, False, True, ("OLLAMA_API_BASE",)),
    "ollama_chat": Provider((), None, False, True, ("OLLAMA_API_BASE",)),
    "vllm": Provider((), None, False, True),
    # These find their credentials by themselves: cloud configuration, service accounts, a login of their own.
    "bedrock": Provider(),
    "vertex_ai": Provider(),
    "sagemaker": Provider(),
    "github_copilot": Provider(),
}

_BARE = (
    ("openai", ("gpt-", "chatgpt-", "o1", "o3", "o4", "codex-")),
    ("anthropic", ("claude-",)),
)


def split_model(model: str) -> tuple[str | None, str]:
    """The provider and its own name for the model; the provider of a bare name is known for OpenAI and Anthropic."""
    head, slash, rest = model.partition("/")
    if slash and head in PROVIDERS:
        return head, rest
    for provider, starts in _BARE:
        if not slash and model.startswith(starts):
            return provider, model
    return (head, rest) if slash else (None, model)


def effective_base(model: str, api_base: str | None, environ: Mapping[str, str]) -> str | None:
    """The address that is really asked: the given one, the environment's, or the provider's own where it is known."""
    provider = PROVIDERS.get(split_model(model)[0] or "", Provider())
    named = next((environ[name] for name in provider.bases if environ.get(name)), None)
    return (api_base or named or provider.base or "").rstrip("/") or None


def is_foreign(model: str, api_base: str | None, environ: Mapping[str, str]) -> bool:
    """Whether the model is served by someone else than its provider's name says: another address, or a user's own.

    Such an endpoint may need no key, and the provider's prices are not its prices.
    """
    name = split_model(model)[0] or ""
    provider = PROVIDERS.get(name, Provider())
    if provider.self_hosted:
        return True
    base = effective_base(model, api_base, environ)
    return base is not None and not _is_official(name, base, provider)


def is_loopback(base: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(base).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


_DOMAINS = {
    "anthropic": ("anthropic.com",),
    "azure": ("azure.com", "azure.net", "microsoft.com"),
    "gemini": ("googleapis.com",),
    "together_ai": ("together.ai", "together.xyz"),
    "fireworks_ai": ("fireworks.ai",),
    "perplexity": ("perplexity.ai",),
    "cohere": ("cohere.com", "cohere.ai"),
    "cohere_chat": ("cohere.com", "cohere.ai"),
    "huggingface": ("huggingface.co", "huggingface.cloud"),
    "minimax": ("minimax.io", "minimaxi.com"),
    "nebius": ("nebius.com", "nebius.ai"),
    "novita": ("novita.ai",),
    "dashscope": ("aliyuncs.com",),
    "moonshot": ("moonshot.ai", "moonshot.cn"),
}


def _is_official(name: str, base: str, provider: Provider) -> bool:
    host = urlsplit(base).hostname or ""
    own = ".".join((urlsplit(provider.base or "").hostname or "").split(".")[-2:])
    domains = _DOMAINS.get(name, ()) + ((own,) if own else ())
    return any(host == domain or host.endswith("." + domain) for domain in domains)
