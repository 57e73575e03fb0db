package io.stagepost.asyncapi.catalogue;

import io.stagepost.MessagingException;
import org.jspecify.annotations.Nullable;

/** A catalogue cannot be read or written. */
public final class CatalogueException extends MessagingException {
  private static final long serialVersionUID = 1L;

  CatalogueException(String code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
