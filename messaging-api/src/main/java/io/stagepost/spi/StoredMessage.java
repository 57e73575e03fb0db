package io.stagepost.spi;

/**
 * A message as it lies at the broker.
 *
 * @param message its bytes
 * @param origin where it lies
 */
public record StoredMessage(Message message, Origin origin) {}
