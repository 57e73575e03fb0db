package io.stagepost.schema.internal.avro;

/**
 * What a body may be.
 *
 * @param bytes its size
 * @param depth how deep what is recursive may go
 * @param items of all its arrays and maps together
 */
public record Limits(int bytes, int depth, int items) {}
