/* The test groups, one for each file of tests. */
#ifndef TEST_GROUPS_H
#define TEST_GROUPS_H

#include "harness.h"

typedef struct TestGroup {
    const Test *tests;
    const size_t *count;
} TestGroup;

extern const TestGroup test_groups[];
extern const size_t test_group_count;

#endif
