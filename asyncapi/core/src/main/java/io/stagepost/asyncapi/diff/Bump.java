package io.stagepost.asyncapi.diff;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** By how much a version is raised (Semantic Versioning 2.0.0), least first. */
public enum Bump {
  /** Not at all. */
  NONE,
  /** Nothing that counts for others changed. */
  PATCH,
  /** Something was added, or is handled otherwise. */
  MINOR,
  /** Somebody breaks. */
  MAJOR;

  private static final Pattern FORM =
      Pattern.compile("v?(\\d{1,18})(?:\\.(\\d{1,18}))?(?:\\.(\\d{1,18}))?([-+].*)?");

  /** The greater of two. */
  Bump or(Bump other) {
    return compareTo(other) >= 0 ? this : other;
  }

  /** As reports write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The numbers of a version; null if it has not the form. */
  static @Nullable Numbers numbers(String version) {
    Matcher parts = FORM.matcher(version.strip());
    if (!parts.matches()) {
      return null;
    }
    String rest = parts.group(4);
    return new Numbers(
        number(parts.group(1)),
        number(parts.group(2)),
        number(parts.group(3)),
        rest != null && rest.startsWith("-"));
  }

  private static BigInteger number(@Nullable String digits) {
    return digits == null ? BigInteger.ZERO : new BigInteger(digits);
  }

  /** A version's numbers. */
  record Numbers(BigInteger major, BigInteger minor, BigInteger patch, boolean preview) {
    /** Before 1.0.0 nothing is promised: what is major otherwise is minor then. */
    boolean isInitial() {
      return major.signum() == 0;
    }

    /** How much was raised to get to another; null if that is lower. */
    @Nullable Bump to(Numbers next) {
      int order = major.compareTo(next.major);
      if (order != 0) {
        return order < 0 ? MAJOR : null;
      }
      order = minor.compareTo(next.minor);
      if (order != 0) {
        return order < 0 ? MINOR : null;
      }
      order = patch.compareTo(next.patch);
      if (order != 0) {
        return order < 0 ? PATCH : null;
      }
      return preview == next.preview || preview ? (preview == next.preview ? NONE : PATCH) : null;
    }
  }
}
