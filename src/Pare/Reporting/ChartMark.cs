namespace Pare.Reporting;

/// <summary>A vertical line at a place of a chart's horizontal axis.</summary>
/// <param name="X">Where.</param>
/// <param name="Label">What is there.</param>
public sealed record ChartMark(double X, string Label);
