/**
 * A service as short as can be, on Kafka's client and JDBC: what is started when starting is
 * measured.
 */
@NullMarked
package io.stagepost.benchmarks.service.raw;

import org.jspecify.annotations.NullMarked;
