/**
 * Protobuf schemas as registries keep them, read into Google's descriptors. Nothing outside of this
 * module may depend on it.
 */
@NullMarked
package io.stagepost.schema.internal.proto;

import org.jspecify.annotations.NullMarked;
