package io.stagepost.dlq.cli;

import io.stagepost.MessagingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;

/** An error as the command tells it: its code, what happened, and what to do here. */
final class Complaint {
  private Complaint() {}

  static String of(Throwable failure) {
    Throwable cause = cause(failure);
    if (cause instanceof MessagingException) {
      return Remedies.in(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof FileSystemException file) {
      return "SP-DLQ-183 "
          + file.getFile()
          + " cannot be read or written: "
          + reason(file)
          + ". Mend that, or name another file.";
    }
    if (cause instanceof IOException) {
      return "SP-DLQ-183 A file cannot be read or written: "
          + cause.getMessage()
          + ". --verbose shows where.";
    }
    String name = cause.getClass().getSimpleName().replaceAll("Exception$", "");
    return "SP-DLQ-100 Unexpected "
        + name
        + ": "
        + cause.getMessage()
        + ". --verbose shows where; please report it.";
  }

  /** Without what says only that it was thrown elsewhere. */
  static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause != null
            && (failure instanceof UncheckedIOException || failure instanceof CompletionException)
        ? cause(cause)
        : failure;
  }

  private static String reason(FileSystemException failure) {
    if (failure instanceof NoSuchFileException) {
      return "there is no such file or folder";
    }
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    return failure instanceof FileAlreadyExistsException
        ? "it is there already"
        : String.valueOf(failure.getReason());
  }
}
