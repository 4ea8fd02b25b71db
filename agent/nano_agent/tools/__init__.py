"""The tools a scaffold may give to the model: a schema and a function each."""

from nano_agent.tools.arguments import ArgumentError, check_arguments
from nano_agent.tools.base import Tool, ToolContext, ToolResult
from nano_agent.tools.registry import examples_of, make_tools

__all__ = ["ArgumentError", "Tool", "ToolContext", "ToolResult", "check_arguments", "examples_of", "make_tools"]
