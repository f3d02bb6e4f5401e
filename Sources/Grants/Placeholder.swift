// Grants
