/**
 * The outbox where others begin and end the transactions. {@link
 * io.stagepost.outbox.frameworks.JoiningContract} says what must hold; each of its classes is one
 * framework. Their snippets are those of docs/guide/outbox.md.
 */
@NullMarked
package io.stagepost.outbox.frameworks;

import org.jspecify.annotations.NullMarked;
