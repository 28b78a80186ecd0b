"""What a reading process must survive: each module misbehaves while it is loaded."""
