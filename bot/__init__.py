"""The running program: wires the rooms, talks before a person does, keeps time."""
