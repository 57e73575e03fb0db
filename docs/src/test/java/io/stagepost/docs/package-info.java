/**
 * Keeps the documentation true: its snippets run, its tables agree with the code, its rules hold.
 */
@NullMarked
package io.stagepost.docs;

import org.jspecify.annotations.NullMarked;
