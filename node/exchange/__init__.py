"""What a national node does by itself: sends its certificates, receives the others."""
