/** Tests of the Kafka transport, against a real broker. */
@NullMarked
package io.stagepost.kafka;

import org.jspecify.annotations.NullMarked;
