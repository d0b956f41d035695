"""What a file must hold before a library may see it. Plain Python, so that a web process can look, too."""
