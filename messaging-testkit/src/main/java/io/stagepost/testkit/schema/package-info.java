/**
 * What a {@link io.stagepost.schema.SchemaRegistry} must do, as a suite of tests that any
 * implementation can run: {@link io.stagepost.testkit.schema.SchemaRegistryContract}. It needs
 * JUnit 6, AssertJ and messaging-schema on the class path.
 */
@NullMarked
package io.stagepost.testkit.schema;

import org.jspecify.annotations.NullMarked;
