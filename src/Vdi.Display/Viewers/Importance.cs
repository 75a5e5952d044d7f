using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>The order in which what changed is sent on a line that does not take it at once: what is near the last input first.</summary>
internal static class Importance
{
    /// <summary>Bytes a pixel of text and windows, as a rule.</summary>
    private const double Bytes = 0.05;

    /// <summary>Sides of the pieces that large areas are cut into, between pieces of the whole screen: as wide as a line of text that is read at once.</summary>
    private const int Width = 512;
    private const int Height = 128;

    /// <summary>Whether the line may have to be left with only a part of these.</summary>
    /// <param name="budget">Bytes that it takes in a tenth of a second.</param>
    public static bool Matters(List<Rectangle> areas, double budget) => areas.Sum(area => (double)area.Area) * Bytes > budget;

    /// <summary>The areas in pieces, nearest to <paramref name="focus"/> first.</summary>
    public static List<Rectangle> Order(IEnumerable<Rectangle> areas, (int X, int Y) focus) =>
        [.. areas.SelectMany(Pieces).OrderBy(piece => Math.Max(Away(focus.X, piece.X, piece.Right), Away(focus.Y, piece.Y, piece.Bottom)))];

    private static IEnumerable<Rectangle> Pieces(Rectangle area)
    {
        for (var y = area.Y / Height * Height; y < area.Bottom; y += Height)
        {
            for (var x = area.X / Width * Width; x < area.Right; x += Width)
            {
                yield return new Rectangle(x, y, Width, Height).Intersect(area);
            }
        }
    }

    private static int Away(int place, int from, int to) => Math.Max(0, Math.Max(from - place, place - to));
}
