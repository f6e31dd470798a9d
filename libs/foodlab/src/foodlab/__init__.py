"""The developer's tool: runs, measures and changes the system on one machine. Its commands are foodctl's."""
