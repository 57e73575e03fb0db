package io.stagepost;

/**
 * The broker's word that it has durably accepted a message.
 *
 * @param address where it went: a topic on Kafka
 * @param position where it lies there, as the transport writes it ({@code partition/offset} on
 *     Kafka); empty where the transport has none
 */
public record Receipt(String address, String position) {}
