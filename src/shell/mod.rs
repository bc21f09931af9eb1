//! The imperative shell: terminal, loop, tasks, clocks, logs. It decides nothing.
