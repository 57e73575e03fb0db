/**
 * Texts that others wrote, looked at within bounds. Nothing outside of this module may depend on
 * it.
 */
@NullMarked
package io.stagepost.schema.internal.text;

import org.jspecify.annotations.NullMarked;
