"""How fast a network's forward pass is, beside third parties' networks: the room of `archspec bench`.

Each framework has a process of its own, because two would share their threads. In it all networks run by turns, so that
all of them meet the same machine, and one of them twice: the difference of these two runs is the noise.
Importing this room imports no framework.
"""
