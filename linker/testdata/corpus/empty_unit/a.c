// A translation unit without anything in it.
typedef int nothing;
