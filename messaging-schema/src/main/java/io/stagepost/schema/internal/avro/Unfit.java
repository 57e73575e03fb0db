package io.stagepost.schema.internal.avro;

import org.jspecify.annotations.Nullable;

/** A payload, or a class, that does not fit its schema; the message says where. */
public final class Unfit extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Unfit(String path, String what) {
    this(path, what, null);
  }

  Unfit(String path, String what, @Nullable Throwable cause) {
    super(path + " " + what, cause);
  }
}
