package io.stagepost.schema;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A schema that a registry knows.
 *
 * @param id names the schema in this registry, in Confluent's framing; unique in its context
 * @param guid names the same schema in every registry; null if this one gives none
 * @param subject under which it was found
 * @param version of that subject, from 1
 * @param schema the schema
 */
public record RegisteredSchema(
    int id, @Nullable UUID guid, String subject, int version, Schema schema) {}
