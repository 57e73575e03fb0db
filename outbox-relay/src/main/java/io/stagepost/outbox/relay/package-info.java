/**
 * The command {@code relay}: sends what services have committed to their outbox, as a process of
 * its own, and looks after the tables. A class for each command; begin with {@code RelayCommand}
 * and {@code RunCommand}. It needs no codecs, no contracts and nothing else of the services: rows
 * are complete messages.
 */
@NullMarked
package io.stagepost.outbox.relay;

import org.jspecify.annotations.NullMarked;
