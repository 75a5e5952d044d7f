using System.Text;

namespace Vdi.Broker.Images;

/// <summary>What hosts say of images for people, which may be a guest's words.</summary>
internal static class ImageWords
{
    private const int Most = 1000;

    /// <summary>Text that every database keeps, of a length that can be shown.</summary>
    public static string Cut(string text)
    {
        var cut = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (cut.Length + rune.Utf16SequenceLength >= Most)
            {
                return cut.Append('…').ToString();
            }

            cut.Append(Rune.IsControl(rune) && rune.Value != '\n' ? Rune.ReplacementChar.ToString() : rune.ToString());
        }

        return cut.ToString();
    }
}
