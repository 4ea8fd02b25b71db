"""How a run is steered: by lines in its inbox, from the app and from any terminal."""

from nano_agent.control.commands import Command, NotUnderstood, understood
from nano_agent.control.inbox import Inbox
from nano_agent.control.sending import request_stop, send

__all__ = ["Command", "Inbox", "NotUnderstood", "request_stop", "send", "understood"]
