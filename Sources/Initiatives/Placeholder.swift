// Initiatives
