export { getPlatformOverview, type PlatformOverview } from './get-platform-overview.ts';
