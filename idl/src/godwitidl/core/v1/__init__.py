"""Generated messages: types, literals, interfaces, expressions, tasks, workflows, events."""
