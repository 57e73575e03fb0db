/**
 * Contracts in a Maven build: {@code generate} writes Java before it is compiled, {@code validate}
 * and {@code lint} end a build whose contracts are wrong, {@code diff} one whose contracts break
 * others. All of them read {@code src/main/contracts} unless told otherwise, and tell what they
 * find as the compiler does.
 */
@NullMarked
package io.stagepost.asyncapi.maven;

import org.jspecify.annotations.NullMarked;
