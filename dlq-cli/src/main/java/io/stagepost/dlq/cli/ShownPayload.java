package io.stagepost.dlq.cli;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A payload as it is shown: as data, as text, or as its bytes.
 *
 * @param bytes as it lies there
 * @param form json, avro, protobuf, text, binary or none
 * @param schema what it was written with, for people; null if that is not known
 * @param data decoded, sensitive fields masked; null if it could not be decoded
 * @param text if it is text and no data; else null
 * @param why why it is not decoded, or not masked; null if it is
 */
record ShownPayload(
    byte[] bytes,
    String form,
    @Nullable String schema,
    @Nullable JsonNode data,
    @Nullable String text,
    @Nullable String why) {}
