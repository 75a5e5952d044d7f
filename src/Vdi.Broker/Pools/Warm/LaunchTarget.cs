namespace Vdi.Broker.Pools.Warm;

/// <summary>What an administrator promises of a pool: this share of its launches (0 to 1) takes at most so many seconds.</summary>
internal sealed record LaunchTarget(double Share, double Seconds)
{
    /// <summary>Nineteen of twenty launches under three seconds.</summary>
    public static LaunchTarget Usual { get; } = new(0.95, 3);

    /// <summary>What is wrong with it, for people; null where it can be kept. All launches in time is a promise nobody can keep.</summary>
    public string? Check() =>
        !(Share is >= 0.5 and <= 0.999) ? "The share of launches is between 50 % and 99.9 %."
        : !(Seconds is > 0 and <= 600) ? "The time of a launch is more than 0 and at most 600 seconds."
        : null;
}
