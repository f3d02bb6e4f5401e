#include "Schema.h"

// #embed puts the files themselves into the program: one binary is the whole product. A test
// compares this list with the folders.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define BYTES(identifier) static const unsigned char identifier[]

BYTES(migration_1) = {
#embed "Migrations/0001_service.sql"
};
BYTES(migration_2) = {
#embed "Migrations/0002_access.sql"
};
BYTES(migration_3) = {
#embed "Migrations/0003_countries.sql"
};
BYTES(migration_4) = {
#embed "Migrations/0004_communities.sql"
};
BYTES(migration_5) = {
#embed "Migrations/0005_partnerships.sql"
};
BYTES(migration_6) = {
#embed "Migrations/0006_memberships.sql"
};
BYTES(migration_7) = {
#embed "Migrations/0007_imports.sql"
};
BYTES(migration_8) = {
#embed "Migrations/0008_initiatives.sql"
};
BYTES(migration_9) = {
#embed "Migrations/0009_funds.sql"
};
BYTES(migration_10) = {
#embed "Migrations/0010_grants.sql"
};
BYTES(migration_11) = {
#embed "Migrations/0011_conferences.sql"
};
BYTES(migration_12) = {
#embed "Migrations/0012_exchanges.sql"
};
BYTES(routine_1) = {
#embed "Routines/0001_service.sql"
};
BYTES(routine_2) = {
#embed "Routines/0002_access.sql"
};
BYTES(routine_3) = {
#embed "Routines/0003_audit.sql"
};
BYTES(routine_4) = {
#embed "Routines/0004_communities.sql"
};
BYTES(routine_5) = {
#embed "Routines/0005_partnerships.sql"
};
BYTES(routine_6) = {
#embed "Routines/0006_memberships.sql"
};
BYTES(routine_7) = {
#embed "Routines/0007_merges.sql"
};
BYTES(routine_8) = {
#embed "Routines/0008_network.sql"
};
BYTES(routine_9) = {
#embed "Routines/0009_labels.sql"
};
BYTES(routine_10) = {
#embed "Routines/0010_imports.sql"
};
BYTES(routine_11) = {
#embed "Routines/0011_gazetteer.sql"
};
BYTES(routine_12) = {
#embed "Routines/0012_initiatives.sql"
};
BYTES(routine_13) = {
#embed "Routines/0013_funds.sql"
};
BYTES(routine_14) = {
#embed "Routines/0014_grants.sql"
};
BYTES(routine_15) = {
#embed "Routines/0015_grant_parts.sql"
};
BYTES(routine_16) = {
#embed "Routines/0016_conferences.sql"
};
BYTES(routine_17) = {
#embed "Routines/0017_exchanges.sql"
};
BYTES(routine_18) = {
#embed "Routines/0018_seals.sql"
};
BYTES(demo_1) = {
#embed "Demo/demo.slp"
};

#define FILE(kind, number, name) \
  { #kind, name, kind##_##number, sizeof kind##_##number }

static const sister_schema_file files[] = {
    FILE(migration, 1, "0001_service"),
    FILE(migration, 2, "0002_access"),
    FILE(migration, 3, "0003_countries"),
    FILE(migration, 4, "0004_communities"),
    FILE(migration, 5, "0005_partnerships"),
    FILE(migration, 6, "0006_memberships"),
    FILE(migration, 7, "0007_imports"),
    FILE(migration, 8, "0008_initiatives"),
    FILE(migration, 9, "0009_funds"),
    FILE(migration, 10, "0010_grants"),
    FILE(migration, 11, "0011_conferences"),
    FILE(migration, 12, "0012_exchanges"),
    FILE(routine, 1, "0001_service"),
    FILE(routine, 2, "0002_access"),
    FILE(routine, 3, "0003_audit"),
    FILE(routine, 4, "0004_communities"),
    FILE(routine, 5, "0005_partnerships"),
    FILE(routine, 6, "0006_memberships"),
    FILE(routine, 7, "0007_merges"),
    FILE(routine, 8, "0008_network"),
    FILE(routine, 9, "0009_labels"),
    FILE(routine, 10, "0010_imports"),
    FILE(routine, 11, "0011_gazetteer"),
    FILE(routine, 12, "0012_initiatives"),
    FILE(routine, 13, "0013_funds"),
    FILE(routine, 14, "0014_grants"),
    FILE(routine, 15, "0015_grant_parts"),
    FILE(routine, 16, "0016_conferences"),
    FILE(routine, 17, "0017_exchanges"),
    FILE(routine, 18, "0018_seals"),
    FILE(demo, 1, "demo"),
};

const sister_schema_file *sister_schema_file_at(int index) {
  const int count = sizeof files / sizeof files[0];
  return index >= 0 && index < count ? &files[index] : 0;
}
