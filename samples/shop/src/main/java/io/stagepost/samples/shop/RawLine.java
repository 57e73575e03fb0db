package io.stagepost.samples.shop;

/**
 * A physical line of a file, without its line end.
 *
 * @param number its number, from 1
 * @param bytes its bytes, or the first {@link RawLines#MAX_BYTES} of them
 * @param length how many bytes it has in the file
 * @param fingerprint SHA-256 of all its bytes, in hexadecimal
 */
record RawLine(long number, byte[] bytes, long length, String fingerprint) {
  boolean isCut() {
    return length > bytes.length;
  }
}
