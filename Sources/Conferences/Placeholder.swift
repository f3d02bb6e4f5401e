// Conferences
