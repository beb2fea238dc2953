"""The store on a database: SQLAlchemy Core over SQLite or PostgreSQL."""
