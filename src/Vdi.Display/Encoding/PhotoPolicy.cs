using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>Which of a frame's tiles of many colours are sent exactly, and which as JPEGs for now: those that change again and again, and all
/// where exact ones would keep the line busy for too long.</summary>
/// <param name="Map">What changed when.</param>
/// <param name="Now">In milliseconds, as the map counts.</param>
/// <param name="Budget">Bytes that the line takes within a tenth of a second.</param>
/// <param name="Preferred">What the person prefers.</param>
/// <param name="Videos">Whether what goes on moving becomes a video: until then it is shown for a moment only, and may be rough.</param>
internal readonly record struct PhotoPolicy(ChangeMap? Map, long Now, double Budget, Quality Preferred = Quality.Automatic, bool Videos = false)
{
    /// <summary>Bytes a pixel of photographs that are sent exactly: between 1.2 and 2, measured.</summary>
    private const double ExactBytes = 1.6;

    /// <summary>On any line larger photographs come roughly first: they may be the beginning of a video, or be scrolled past.</summary>
    private const double MostAtOnce = 256 * 1024;

    /// <summary>Smaller pieces cost more as JPEGs than exactly.</summary>
    private const int MinNear = 1024;

    /// <summary>Of what the line takes, what somebody wants to use who wants to save.</summary>
    private const double SavingShare = 0.25;

    /// <summary>Qualities, best first, and bytes a pixel of photographs at each with half the colour (4:2:0), measured.</summary>
    private static readonly (int Quality, double Bytes)[] Ladder = [(85, 0.25), (70, 0.17), (50, 0.12), (30, 0.08)];

    /// <summary>All exactly.</summary>
    public static PhotoPolicy Exact => new(null, 0, double.MaxValue);

    public (List<Rectangle> Exact, List<Rectangle> Near, int Quality) Split(List<Rectangle> tiles)
    {
        if (Map is not { } map || tiles.Count == 0)
        {
            return ([.. tiles], [], 0);
        }

        var (exact, near, moving) = (new List<Rectangle>(), new List<Rectangle>(), 0.0);
        var budget = Preferred == Quality.Saving ? Budget * SavingShare : Budget;
        var dear = Preferred != Quality.Sharp && tiles.Sum(tile => (double)tile.Area) * ExactBytes > Math.Min(budget, MostAtOnce);
        foreach (var tile in tiles)
        {
            var moves = map.IsMoving(tile, Now);
            moving += moves ? tile.Area : 0;
            (tile.Area >= MinNear && (dear || moves) ? near : exact).Add(tile);
        }

        var pixels = near.Sum(tile => (double)tile.Area);
        var (first, last) = Preferred switch { Quality.Sharp => (0, 0), Quality.Saving => (2, 3), _ => (Videos && moving > pixels / 2 ? 2 : 0, 3) };
        var step = Array.FindIndex(Ladder, first, last - first + 1, step => pixels * step.Bytes <= budget);
        return (exact, near, Ladder[step < 0 ? last : step].Quality);
    }
}
