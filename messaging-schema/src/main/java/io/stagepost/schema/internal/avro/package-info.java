/**
 * What is behind {@link io.stagepost.schema.Avro}.
 *
 * <p>A {@code Contract} is the schema of one payload class. For each schema that somebody wrote
 * with it makes one {@code Reader}, for each that it writes with one {@code Writer}: of records a
 * tree of method handles from {@code Input} to the constructor, and from the accessors to {@code
 * Output}, with no generic record in between; of Avro's own classes what Avro has for them, over
 * the same {@code Input}, so that the same limits hold.
 *
 * <p>Invariants: {@code Input} allocates nothing for a length that it has not compared with what is
 * left of the body; the items of all collections of a body are counted together; what is recursive
 * counts its depth; text that is thrown holds places and sizes, never values.
 */
@NullMarked
package io.stagepost.schema.internal.avro;

import org.jspecify.annotations.NullMarked;
