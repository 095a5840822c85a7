"""What a recipe of training says: its models, and the plan that a backend writes a program from."""
