package io.stagepost.prove;

import io.stagepost.EventType;
import io.stagepost.schema.Json;

/**
 * What is published.
 *
 * @param key the key
 * @param seq which one of the key, from 1
 * @param nonce the same in the table {@code truth}
 */
record Note(String key, long seq, String nonce) {
  static final EventType<Note> TYPE =
      EventType.of("com.example.prove.note.v1", Note.class)
          .source("urn:example:prove")
          .channel("notes")
          .key(Note::key)
          .codec(Json.codec());

  static final String CONSUMER = "effects";
}
