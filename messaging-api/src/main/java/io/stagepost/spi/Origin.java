package io.stagepost.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a message lay when it was received.
 *
 * @param address the topic or queue
 * @param partition its partition there; empty where the transport has none
 * @param position its position there: an offset on Kafka, followed by a slash and a number from 0
 *     where one record holds several events; empty where the transport has none
 * @param time the broker's or producer's timestamp; null if there is none
 */
public record Origin(String address, String partition, String position, @Nullable Instant time) {}
