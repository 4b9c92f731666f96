"""Ask readers: which images they see, what they answer, and what their answers say."""
