package io.stagepost.spi;

import org.jspecify.annotations.Nullable;

/**
 * A header of a message. Names may repeat; order is kept.
 *
 * @param name its name
 * @param value its bytes, in the transport's own encoding (text in UTF-8 on Kafka); do not change
 *     them
 */
public record Header(String name, byte @Nullable [] value) {}
