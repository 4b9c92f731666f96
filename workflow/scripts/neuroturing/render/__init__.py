"""What people look at: figures, and tables and settings as pages."""
