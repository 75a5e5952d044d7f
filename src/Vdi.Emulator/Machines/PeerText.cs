using System.Globalization;
using System.Text;

namespace Vdi.Emulator.Machines;

/// <summary>Words of a guest, of QEMU or of a tool, made fit for a reason that people read and that is kept in a database and in logs:
/// one line of bounded length without anything that steers a terminal or turns the writing direction.</summary>
internal static class PeerText
{
    private const int MaxLength = 500;

    /// <summary>The beginning of <paramref name="text"/>.</summary>
    public static string Head(string text) => Clean(text.AsSpan(0, Math.Min(text.Length, MaxLength)), text.Length > MaxLength);

    /// <summary>The end of it: last words are what a program died of.</summary>
    public static string Tail(string text) => Clean(text.AsSpan(Math.Max(0, text.Length - MaxLength)), cut: false);

    private static string Clean(ReadOnlySpan<char> text, bool cut)
    {
        var clean = new StringBuilder(text.Length + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            // A rune that is half a surrogate pair comes as U+FFFD.
            var steers = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            if (!steers)
            {
                clean.Append(rune.ToString());
            }
            else if (clean.Length > 0 && clean[^1] != ' ')
            {
                clean.Append(' ');
            }
        }

        return clean.ToString().Trim() + (cut ? "…" : "");
    }
}
