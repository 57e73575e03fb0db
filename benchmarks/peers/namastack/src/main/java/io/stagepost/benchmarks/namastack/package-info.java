/** namastack-outbox as a contestant. */
@NullMarked
package io.stagepost.benchmarks.namastack;

import org.jspecify.annotations.NullMarked;
