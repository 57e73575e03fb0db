/**
 * What contracts mean for those who run the applications: payload bloat ({@link
 * io.stagepost.asyncapi.operations.Audit}), how many handlers and partitions a load needs ({@link
 * io.stagepost.asyncapi.operations.Capacity}), and what a broker must allow ({@link
 * io.stagepost.asyncapi.operations.AccessList}).
 *
 * <p>All of it is computed from contracts alone; no broker is asked.
 */
@NullMarked
package io.stagepost.asyncapi.operations;

import org.jspecify.annotations.NullMarked;
